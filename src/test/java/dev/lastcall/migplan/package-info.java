/** The plan for pending MIG instances: exact, and said so that it can be carried out. */
package dev.lastcall.migplan;
