/** What the worker was told, checked before anything is contacted. */
@NullMarked
package dev.lastcall.worker.config;

import org.jspecify.annotations.NullMarked;
