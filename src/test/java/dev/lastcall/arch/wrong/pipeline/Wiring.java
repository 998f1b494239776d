package dev.lastcall.arch.wrong.pipeline;

import dev.lastcall.arch.wrong.kube.Adapter;
import org.jspecify.annotations.Nullable;

public record Wiring(@Nullable Adapter adapter) {}
