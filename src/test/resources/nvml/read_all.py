"""Reads everything the agent publishes through NVIDIA's own Python binding and prints it as key=value lines.

Usage: read_all.py LIBRARY. The keys are those of NvidiaMlPyAgreesTest.
"""
import ctypes
import sys

import pynvml as nvml

nvml.nvmlLib = ctypes.CDLL(sys.argv[1])


def say(key, value):
    print(f"{key}={value}")


def read(key, call, show=lambda value: value):
    """Prints the value, or the return code as error N."""
    try:
        say(key, show(call()))
    except nvml.NVMLError as error:
        say(key, f"error {error.value}")


def fields(device, ids):
    for value in nvml.nvmlDeviceGetFieldValues(device, ids):
        if value.nvmlReturn:
            yield f"error {value.nvmlReturn}"
        elif value.valueType == nvml.NVML_VALUE_TYPE_UNSIGNED_INT:
            yield value.value.uiVal
        else:
            yield value.value.ullVal


def memory(key, device):
    read(key, lambda: nvml.nvmlDeviceGetMemoryInfo(device, version=nvml.nvmlMemory_v2),
         lambda m: f"{m.total} {m.used} {m.free} {m.reserved}")


def whole(key, device):
    read(f"{key}.uuid", lambda: nvml.nvmlDeviceGetUUID(device))
    read(f"{key}.name", lambda: nvml.nvmlDeviceGetName(device))
    read(f"{key}.pci", lambda: nvml.nvmlDeviceGetPciInfo(device).busId)
    read(f"{key}.minor", lambda: nvml.nvmlDeviceGetMinorNumber(device))
    memory(f"{key}.memory", device)
    read(f"{key}.utilization", lambda: nvml.nvmlDeviceGetUtilizationRates(device), lambda u: f"{u.gpu} {u.memory}")
    read(f"{key}.power", lambda: nvml.nvmlDeviceGetPowerUsage(device))
    read(f"{key}.limit", lambda: nvml.nvmlDeviceGetEnforcedPowerLimit(device))
    read(f"{key}.energy", lambda: nvml.nvmlDeviceGetTotalEnergyConsumption(device))
    read(f"{key}.temperature", lambda: nvml.nvmlDeviceGetTemperatureV(device, nvml.NVML_TEMPERATURE_GPU))
    for clock in range(4):
        read(f"{key}.clock.{clock}", lambda: nvml.nvmlDeviceGetClockInfo(device, clock))
    read(f"{key}.reasons", lambda: nvml.nvmlDeviceGetCurrentClocksEventReasons(device))
    for error in range(2):
        for counter in range(2):
            read(f"{key}.ecc.{error}.{counter}", lambda: nvml.nvmlDeviceGetTotalEccErrors(device, error, counter))
    every_link = 0xFFFFFFFF
    names = ("pcie_tx", "pcie_rx", "nvlink_tx", "nvlink_rx", "corrected", "uncorrected", "pending", "failure", "recovery")
    ids = [197, 198, (138, every_link), (139, every_link), 142, 143, 144, 145, 230]
    for name, value in zip(names, fields(device, ids)):
        say(f"{key}.{name}", value)
    read(f"{key}.processes", lambda: nvml.nvmlDeviceGetComputeRunningProcesses(device), len)
    read(f"{key}.mig", lambda: nvml.nvmlDeviceGetMigMode(device), lambda mode: f"{mode[0]} {mode[1]}")


ARCHITECTURES = "kepler maxwell pascal volta turing ampere ada hopper blackwell".split()


def busy(device):
    try:
        return len({sample.pid for sample in nvml.nvmlDeviceGetProcessUtilization(device, 0) if sample.smUtil})
    except nvml.NVMLError_NotFound:
        return 0


def margin(device):
    answer = nvml.c_nvmlMarginTemperature_v1_t()
    answer.version = nvml.nvmlMarginTemperature_v1
    nvml._nvmlCheckReturn(nvml._nvmlGetFunctionPointer("nvmlDeviceGetMarginTemperature")(device, ctypes.byref(answer)))
    return answer.marginTemperature


def active_links(device):
    active = 0
    for link in range(nvml.NVML_NVLINK_MAX_LINKS):
        try:
            active += nvml.nvmlDeviceGetNvLinkState(device, link)
        except nvml.NVMLError_InvalidArgument:
            break
    return active


def signed(value):
    return value if isinstance(value, str) else ctypes.c_int(value & 0xFFFFFFFF).value


def details(key, device):
    read(f"{key}.serial", lambda: nvml.nvmlDeviceGetSerial(device))
    read(f"{key}.architecture", lambda: ARCHITECTURES[nvml.nvmlDeviceGetArchitecture(device) - 2])
    read(f"{key}.encoder", lambda: nvml.nvmlDeviceGetEncoderUtilization(device)[0])
    read(f"{key}.decoder", lambda: nvml.nvmlDeviceGetDecoderUtilization(device)[0])
    read(f"{key}.busy", lambda: busy(device))
    read(f"{key}.margin", lambda: margin(device))
    for threshold in range(4):
        read(f"{key}.threshold.{threshold}", lambda: nvml.nvmlDeviceGetTemperatureThreshold(device, threshold))
    for clock in (nvml.NVML_CLOCK_SM, nvml.NVML_CLOCK_MEM):
        read(f"{key}.max_clock.{clock}", lambda: nvml.nvmlDeviceGetMaxClockInfo(device, clock))
    names = ("nvlink.crc_flit", "nvlink.crc_data", "nvlink.replay", "nvlink.recovery", "memory_temperature",
             "tlimit.0", "tlimit.1", "tlimit.2", "tlimit.3")
    for name, value in zip(names, fields(device, [38, 45, 52, 59, 82, 193, 194, 195, 196])):
        say(f"{key}.{name}", signed(value))
    read(f"{key}.pcie_generation", lambda: nvml.nvmlDeviceGetCurrPcieLinkGeneration(device))
    read(f"{key}.pcie_width", lambda: nvml.nvmlDeviceGetCurrPcieLinkWidth(device))
    read(f"{key}.pcie_replays", lambda: nvml.nvmlDeviceGetPcieReplayCounter(device))
    read(f"{key}.nvlinks", lambda: active_links(device))
    read(f"{key}.pstate", lambda: nvml.nvmlDeviceGetPerformanceState(device))
    read(f"{key}.persistence", lambda: nvml.nvmlDeviceGetPersistenceMode(device))
    read(f"{key}.ecc", lambda: nvml.nvmlDeviceGetEccMode(device), lambda mode: f"{mode[0]} {mode[1]}")


def unassigned(device, held):
    """Compute slices of GPU instances less those of their compute instances, asked of the instances themselves."""
    given = 0
    for gi, _ in held:
        for profile in range(nvml.NVML_COMPUTE_INSTANCE_PROFILE_COUNT):
            try:
                info = nvml.nvmlGpuInstanceGetComputeInstanceProfileInfo(gi, profile, 0)
            except nvml.NVMLError:
                continue
            count = ctypes.c_uint(info.instanceCount)
            room = (nvml.c_nvmlComputeInstance_t * max(1, info.instanceCount))()
            nvml.nvmlGpuInstanceGetComputeInstances(gi, info.id, room, ctypes.byref(count))
            given += count.value * info.sliceCount
    return sum(slices for _, slices in held) - given


def placements(device, profile):
    count = ctypes.c_uint(0)
    nvml.nvmlDeviceGetGpuInstancePossiblePlacements(device, profile, None, ctypes.byref(count))
    room = (nvml.c_nvmlGpuInstancePlacement_t * count.value)()
    nvml.nvmlDeviceGetGpuInstancePossiblePlacements(device, profile, room, ctypes.byref(count))
    return " ".join(f"{place.start}:{place.size}" for place in room)


def instances(device, profile, most):
    count = ctypes.c_uint(most)
    room = (nvml.c_nvmlGpuInstance_t * most)()
    nvml.nvmlDeviceGetGpuInstances(device, profile, room, ctypes.byref(count))
    return [room[i] for i in range(count.value)]


def mig(key, device):
    held = []
    for index in range(nvml.NVML_GPU_INSTANCE_PROFILE_COUNT):
        try:
            info = nvml.nvmlDeviceGetGpuInstanceProfileInfo(device, index, version=2)
        except nvml.NVMLError:
            continue
        name = info.name.decode() if isinstance(info.name, bytes) else info.name
        profile = f"{key}.profile.{info.id}"
        say(profile, f"{name.removeprefix('MIG ')} {info.sliceCount} {info.memorySizeMB} {info.instanceCount}"
                     f" {info.multiprocessorCount}")
        read(f"{profile}.places", lambda: placements(device, info.id))
        read(f"{profile}.remaining", lambda: nvml.nvmlDeviceGetGpuInstanceRemainingCapacity(device, info.id))
        for handle in instances(device, info.id, info.instanceCount):
            held.append((handle, info.sliceCount))
            instance = nvml.nvmlGpuInstanceGetInfo(handle)
            say(f"{key}.instance.{instance.id}",
                f"{instance.profileId} {instance.placement.start} {instance.placement.size}")
    say(f"{key}.unassigned", unassigned(device, held))
    for slot in range(nvml.nvmlDeviceGetMaxMigDeviceCount(device)):
        try:
            part = nvml.nvmlDeviceGetMigDeviceHandleByIndex(device, slot)
        except nvml.NVMLError_NotFound:
            continue
        uuid = nvml.nvmlDeviceGetUUID(part)
        say(f"{key}.device.{slot}", f"{uuid} {nvml.nvmlDeviceGetGpuInstanceId(part)}"
                                    f" {nvml.nvmlDeviceGetComputeInstanceId(part)}"
                                    f" {nvml.nvmlDeviceGetName(part).split('MIG ')[1]}")
        memory(f"{key}.device.{slot}.memory", part)


def event(device):
    events = nvml.nvmlEventSetCreate()
    nvml.nvmlDeviceRegisterEvents(device, nvml.nvmlEventTypeXidCriticalError, events)
    data = nvml.nvmlEventSetWait_v2(events, 10000)
    say("event", f"{data.eventType} {data.eventData}")
    nvml.nvmlEventSetFree(events)


nvml.nvmlInit()
say("driver", nvml.nvmlSystemGetDriverVersion())
say("count", nvml.nvmlDeviceGetCount())
for i in range(nvml.nvmlDeviceGetCount()):
    gpu = nvml.nvmlDeviceGetHandleByIndex(i)
    whole(f"gpu.{i}", gpu)
    details(f"gpu.{i}", gpu)
    if nvml.nvmlDeviceGetMaxMigDeviceCount(gpu):
        mig(f"gpu.{i}", gpu)
event(nvml.nvmlDeviceGetHandleByIndex(0))
nvml.nvmlShutdown()
