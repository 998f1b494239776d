package dev.lastcall.arch.wrong.metrics;

import jakarta.inject.Inject;

class InjectsAField {
    @Inject
    Runnable task;
}
