package dev.lastcall.arch.wrong.gpu;

class HoldsAThread {
    static final Thread WORKER = Thread.ofPlatform().unstarted(() -> {});
}
