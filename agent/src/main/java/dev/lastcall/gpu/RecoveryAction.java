package dev.lastcall.gpu;

/** What a driver asks for to make a GPU well again: nvmlDeviceGpuRecoveryAction_t, NVML field 230. */
public record RecoveryAction(int code) {

    /** Whether there is anything to do. */
    public boolean needed() {
        return code != 0;
    }

    /**
     * Whether the driver itself asks for a drain: NVML_GPU_RECOVERY_ACTION_DRAIN_P2P and DRAIN_AND_RESET. Work that runs may end,
     * new work should go elsewhere.
     */
    public boolean asksForDrain() {
        return code == 3 || code == 4;
    }

    /** For a person; a number that is newer than this agent stays a number. */
    public String text() {
        return switch (code) {
            case 0 -> "nothing";
            case 1 -> "reset the GPU";
            case 2 -> "reboot the node";
            case 3 -> "drain the GPU's peer-to-peer traffic";
            case 4 -> "drain the GPU's peer-to-peer traffic and reset it";
            case 5 -> "recover the IMEX domain";
            case 6 -> "reset the GPU's PCIe bus";
            case 7 -> "reboot the system";
            default -> "action " + code;
        };
    }
}
