/** Many nodes of one workload go within seconds: agents as processes of their own, one real control plane. */
@NullMarked
package dev.lastcall.bench.mass;

import org.jspecify.annotations.NullMarked;
