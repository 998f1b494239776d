/** Classes that each break one rule of the architecture on purpose, so that a rule that can't fail is noticed. */
package dev.lastcall.arch.wrong;
