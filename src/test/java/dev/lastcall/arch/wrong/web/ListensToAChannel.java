package dev.lastcall.arch.wrong.web;

import org.eclipse.microprofile.reactive.messaging.Incoming;

class ListensToAChannel {
    @Incoming("nothing-sends-here")
    void take(String payload) {}
}
