package dev.lastcall.arch.wrong.drain;

import io.micrometer.core.instrument.MeterRegistry;

record CountsByItself(MeterRegistry registry) {}
