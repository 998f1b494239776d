package dev.lastcall.arch.wrong.web;

import io.prometheus.client.Collector;

/** Makes series of its own beside the meters. */
interface WritesAPage {
    Collector page();
}
