package dev.lastcall.arch.wrong.drain;

import com.sun.jna.Pointer;

class CallsNativeCode {
    Pointer handle = Pointer.NULL;
}
