package dev.lastcall.arch.wrong.gpu;

class GpuHelper {}
