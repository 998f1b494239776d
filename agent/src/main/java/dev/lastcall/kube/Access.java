package dev.lastcall.kube;

/**
 * One thing that RBAC allows or refuses.
 *
 * @param group API group; empty for the core
 * @param subresource empty for the object itself
 * @param name of the one object that is meant; empty = any
 */
public record Access(String group, String resource, String subresource, String verb, String name) {}
