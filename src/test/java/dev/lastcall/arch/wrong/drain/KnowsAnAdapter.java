package dev.lastcall.arch.wrong.drain;

import dev.lastcall.arch.wrong.kube.Adapter;

record KnowsAnAdapter(Adapter adapter) {}
