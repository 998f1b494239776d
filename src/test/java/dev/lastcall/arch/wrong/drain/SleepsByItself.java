package dev.lastcall.arch.wrong.drain;

class SleepsByItself {
    void beforeTheNextTry() throws InterruptedException {
        Thread.sleep(1_000);
    }
}
