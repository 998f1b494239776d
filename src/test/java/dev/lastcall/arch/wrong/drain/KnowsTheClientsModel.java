package dev.lastcall.arch.wrong.drain;

import io.fabric8.kubernetes.api.model.Pod;

class KnowsTheClientsModel {
    Pod pod = new Pod();
}
