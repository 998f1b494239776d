/**
 * {@code lastcall-agent doctor}: what this agent can reach and may do. Looks once and stores nothing; facts come in at the
 * edge ({@link dev.lastcall.doctor.Examination}), the rows are functions of them.
 */
@NullMarked
package dev.lastcall.doctor;

import org.jspecify.annotations.NullMarked;
