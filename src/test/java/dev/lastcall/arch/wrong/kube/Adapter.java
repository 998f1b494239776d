package dev.lastcall.arch.wrong.kube;

import dev.lastcall.arch.wrong.pipeline.Wiring;

public record Adapter(Wiring wiring) {}
