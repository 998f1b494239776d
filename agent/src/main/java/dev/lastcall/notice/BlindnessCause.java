package dev.lastcall.notice;

/** What a failure of a metadata service most often means, in words for the person on call. */
final class BlindnessCause {

    private BlindnessCause() {}

    static String of(Cloud cloud, String code) {
        return switch (code) {
            case "timeout" -> timeout(cloud);
            case "refused" ->
                "nothing listens at the endpoint: it is still starting, a network policy rejects it, or the endpoint"
                        + " setting is wrong";
            case "io" ->
                "the connection broke or the host name does not resolve: check the endpoint setting and, with"
                        + " hostNetwork, dnsPolicy ClusterFirstWithHostNet";
            case "malformed", "too-large", "redirect" ->
                "something other than the metadata service answers at the endpoint, for example a proxy or a metadata"
                        + " emulation";
            case "400" -> "the service does not understand the request: an emulation or an old API version";
            case "401" -> "the service refuses a fresh token: something between the node and the service eats headers";
            case "403" -> forbidden(cloud);
            case "404" -> "the endpoint is no metadata service of this cloud";
            case "429" -> "too many requests: other agents on this node poll the same service";
            default -> "the service has trouble of its own; it is asked again with growing pauses";
        };
    }

    private static String timeout(Cloud cloud) {
        return switch (cloud) {
            case AWS ->
                "most often the instance's metadata hop limit is 1 and the agent runs in the pod network: run it with"
                        + " hostNetwork: true, or set httpPutResponseHopLimit to 2 or more; else a network policy drops"
                        + " the packets";
            case GCP ->
                "a network policy drops the packets, or the agent runs in the pod network: run it with hostNetwork:"
                        + " true";
            case AZURE ->
                "a network policy drops the packets, or this is the first call ever on this VM: Scheduled Events take"
                        + " up to two minutes to be switched on";
            case ALIBABA, TENCENT, NONE -> "a network policy drops the packets, or the node is of another cloud";
        };
    }

    private static String forbidden(Cloud cloud) {
        return switch (cloud) {
            case AWS -> "the metadata service is switched off for this instance (HttpEndpoint: disabled)";
            case GCP ->
                "Workload Identity's metadata server answers and hides these keys: run the agent with hostNetwork: true";
            case AZURE, ALIBABA, TENCENT, NONE -> "the metadata service refuses this client";
        };
    }
}
