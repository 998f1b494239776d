package dev.lastcall.gpu.nvml;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import dev.lastcall.gpu.Reading;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Several of NVML's numbered fields in one call, each with its own return code and type. */
final class FieldValues {

    static final int NVLINK_CRC_FLIT_ERRORS = 38;
    static final int NVLINK_CRC_DATA_ERRORS = 45;
    static final int NVLINK_REPLAY_ERRORS = 52;
    static final int NVLINK_RECOVERY_ERRORS = 59;
    static final int MEMORY_TEMPERATURE = 82;
    static final int NVLINK_TX_KIB = 138;
    static final int NVLINK_RX_KIB = 139;
    static final int REMAPPED_CORRECTABLE = 142;
    static final int REMAPPED_UNCORRECTABLE = 143;
    static final int REMAPPED_PENDING = 144;
    static final int REMAPPED_FAILURE = 145;
    static final int SHUTDOWN_MARGIN = 193;
    static final int SLOWDOWN_MARGIN = 194;
    static final int MEMORY_MAX_MARGIN = 195;
    static final int GPU_MAX_MARGIN = 196;
    static final int PCIE_TX_BYTES = 197;
    static final int PCIE_RX_BYTES = 198;
    static final int RECOVERY_ACTION = 230;

    /** The scope of the NVLink counters that means all links. */
    private static final int ALL_LINKS = -1;

    private static final int[] WANTED = {
        NVLINK_CRC_FLIT_ERRORS,
        NVLINK_CRC_DATA_ERRORS,
        NVLINK_REPLAY_ERRORS,
        NVLINK_RECOVERY_ERRORS,
        MEMORY_TEMPERATURE,
        SHUTDOWN_MARGIN,
        SLOWDOWN_MARGIN,
        MEMORY_MAX_MARGIN,
        GPU_MAX_MARGIN,
        NVLINK_TX_KIB,
        NVLINK_RX_KIB,
        REMAPPED_CORRECTABLE,
        REMAPPED_UNCORRECTABLE,
        REMAPPED_PENDING,
        REMAPPED_FAILURE,
        PCIE_TX_BYTES,
        PCIE_RX_BYTES,
        RECOVERY_ACTION
    };

    private static final String FUNCTION = "nvmlDeviceGetFieldValues";

    private final Map<Integer, Reading<Long>> values;

    private FieldValues(Map<Integer, Reading<Long>> values) {
        this.values = values;
    }

    static FieldValues read(Calls calls, Pointer device) {
        List<Integer> asked = new ArrayList<>();
        Map<Integer, Reading<Long>> values = new HashMap<>();
        Memory buffer = calls.buffer();
        for (int field : WANTED) {
            if (calls.isUnsupported(key(field))) {
                continue;
            }
            long at = (long) asked.size() * Layout.FIELD;
            buffer.setInt(at + Layout.FIELD_ID, field);
            buffer.setInt(at + Layout.FIELD_SCOPE, field == NVLINK_TX_KIB || field == NVLINK_RX_KIB ? ALL_LINKS : 0);
            asked.add(field);
        }
        if (asked.isEmpty()) {
            return new FieldValues(values);
        }
        Reading<Boolean> answer = calls.read(FUNCTION, "", () -> true, device, asked.size(), buffer);
        for (int i = 0; i < asked.size(); i++) {
            long at = (long) i * Layout.FIELD;
            int field = asked.get(i);
            values.put(field, answer instanceof Reading.Value ? value(buffer, at) : answer.map(_ -> 0L));
            if (values.get(field) instanceof Reading.Unsupported) {
                calls.markUnsupported(key(field));
            }
        }
        return new FieldValues(values);
    }

    Reading<Long> get(int field) {
        return values.getOrDefault(field, Reading.unsupported());
    }

    private static String key(int field) {
        return FUNCTION + field;
    }

    private static Reading<Long> value(Memory buffer, long at) {
        int code = buffer.getInt(at + Layout.FIELD_RETURN);
        long value = at + Layout.FIELD_VALUE;
        return switch (code) {
            case ReturnCode.SUCCESS ->
                switch (buffer.getInt(at + Layout.FIELD_TYPE)) {
                    case 0 -> Reading.of((long) buffer.getDouble(value));
                    case 1 -> Reading.of(Integer.toUnsignedLong(buffer.getInt(value)));
                    case 5 -> Reading.of((long) buffer.getInt(value));
                    case 6 -> Reading.of((long) Short.toUnsignedInt(buffer.getShort(value)));
                    default -> Reading.of(buffer.getLong(value));
                };
            case ReturnCode.NOT_SUPPORTED, ReturnCode.INVALID_ARGUMENT, ReturnCode.FUNCTION_NOT_FOUND ->
                Reading.unsupported(); // an older driver does not know the number
            case ReturnCode.NO_PERMISSION -> Reading.noPermission();
            default -> Reading.failed(code);
        };
    }
}
