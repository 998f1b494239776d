package dev.lastcall.arch.wrong.drain;

import java.util.concurrent.locks.ReentrantLock;

class WaitsForALock {
    private final ReentrantLock turn = new ReentrantLock();

    boolean tried() {
        return turn.tryLock();
    }
}
