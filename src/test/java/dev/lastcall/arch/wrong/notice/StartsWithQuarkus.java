package dev.lastcall.arch.wrong.notice;

import io.quarkus.runtime.StartupEvent;

record StartsWithQuarkus(StartupEvent event) {}
