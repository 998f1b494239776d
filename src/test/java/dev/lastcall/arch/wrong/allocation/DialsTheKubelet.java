package dev.lastcall.arch.wrong.allocation;

import io.grpc.Status;

class DialsTheKubelet {
    boolean answered(Status status) {
        return status.isOk();
    }
}
