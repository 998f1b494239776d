/**
 * Which pod holds which GPU or MIG device: the kubelet's list joined with the GPUs that were seen and the phases of the pods,
 * as pure functions of values, and the port through which the kubelet is asked.
 */
@NullMarked
package dev.lastcall.allocation;

import org.jspecify.annotations.NullMarked;
