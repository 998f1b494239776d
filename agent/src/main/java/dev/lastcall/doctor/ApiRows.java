package dev.lastcall.doctor;

import dev.lastcall.drain.NodeMarks;
import dev.lastcall.drain.NodeView;
import dev.lastcall.kube.Asked;
import dev.lastcall.notice.Cloud;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Rows about the API server: whether it answers, what it allows, the own Node, the watches. */
final class ApiRows {

    private static final String RBAC =
            "bind the chart's ClusterRole to this account (rbac.create=true), or add the verbs to your own role";

    private ApiRows() {}

    static Row server(String url, Asked<String> version) {
        return switch (version) {
            case Asked.Got<String>(String number) -> Row.ok("api-server", url + ", " + number);
            case Asked.Refused<String>(int status, String reason) ->
                Row.problem("api-server", url + ": " + words(status, reason), unreached(status, reason));
        };
    }

    /** Where not even an address could be found. */
    static Row noClient(String why) {
        return Row.problem(
                "api-server",
                "no client can be made: " + why,
                "run it in a pod with a service account, or point KUBECONFIG to a file that names a server");
    }

    private static String unreached(int status, String reason) {
        if (status == 401) {
            return "the token or certificate is refused: look at the service account, or at the user in KUBECONFIG";
        }
        if (status == 403) {
            return "this account may not even read /version: bind it to system:public-info-viewer, as every cluster does";
        }
        if (status != 0) {
            return "the API server has trouble of its own; look at its /readyz";
        }
        if (reason.startsWith("tls")) {
            return "the server's certificate is not signed by the CA that is known here: compare ca.crt of the service"
                    + " account, or certificate-authority in KUBECONFIG";
        }
        if (reason.startsWith("unknown host")) {
            return "run it in a pod of the cluster (kubectl exec), or set KUBECONFIG; with hostNetwork,"
                    + " dnsPolicy ClusterFirstWithHostNet";
        }
        return "nothing answers there: look at the address in KUBECONFIG, at network policies, and whether the API"
                + " server runs";
    }

    /** @param answers each verb of the right that is needed, with what the API server says to it */
    static Row right(Right right, Map<String, Asked<Boolean>> answers) {
        List<String> refused = new ArrayList<>();
        List<String> untold = new ArrayList<>();
        answers.forEach((verb, answer) -> {
            switch (answer) {
                case Asked.Got<Boolean>(Boolean allowed) when allowed -> {}
                case Asked.Got<Boolean> _ -> refused.add(verb);
                case Asked.Refused<Boolean>(int status, String reason) ->
                    untold.add(verb + ": " + words(status, reason));
            }
        });
        String check = "right " + right.label();
        if (!refused.isEmpty()) {
            return Row.problem(check, "may not " + String.join(", ", refused) + ": " + right.without(), RBAC);
        }
        return untold.isEmpty()
                ? Row.ok(check, answers.isEmpty() ? "not needed (dry run)" : String.join(", ", answers.keySet()))
                : Row.unknown(check, "can't be asked (" + untold.getFirst() + ")", "");
    }

    static Row node(String name, Asked<NodeView> node) {
        return switch (node) {
            case Asked.Got<NodeView>(NodeView view) -> Row.ok("own-node", describe(view));
            case Asked.Refused<NodeView>(int status, String reason)
            when status == 404 ->
                Row.problem(
                        "own-node",
                        "there is no Node called " + name,
                        "set NODE_NAME from spec.nodeName (the chart does), or lastcall.node-name to a name of"
                                + " 'kubectl get nodes'");
            case Asked.Refused<NodeView>(int status, String reason)
            when status == 403 ->
                Row.problem("own-node", "Node " + name + " may not be read: " + words(status, reason), RBAC);
            case Asked.Refused<NodeView>(int status, String reason) ->
                Row.unknown("own-node", "Node " + name + " can't be read: " + words(status, reason), "");
        };
    }

    private static String describe(NodeView view) {
        String provider = view.providerId();
        String words = view.name() + ", "
                + (provider == null
                        ? "without a providerID"
                        : "of " + Cloud.ofProviderId(provider).label() + " by its providerID")
                + ", "
                + view.gpus() + " GPUs to give";
        if (view.annotations().containsKey(NodeMarks.DRAIN)) {
            return words + ", with a drain in its annotation";
        }
        return view.unschedulable() ? words + ", cordoned by somebody" : words;
    }

    static Row watch(String what, Asked<String> opened) {
        String check = "watch " + what;
        return switch (opened) {
            case Asked.Got<String> _ -> Row.ok(check, "opens");
            case Asked.Refused<String>(int status, String reason)
            when status == 403 -> Row.problem(check, "is refused: " + words(status, reason), RBAC);
            case Asked.Refused<String>(int status, String reason) ->
                Row.problem(
                        check,
                        "does not open: " + words(status, reason),
                        "something between the node and the API server cuts long answers: look at proxies and load"
                                + " balancers");
        };
    }

    static String words(int status, String reason) {
        String line = reason.lines().findFirst().orElse("");
        return status == 0 ? line : "HTTP " + status + (line.isEmpty() || line.startsWith("HTTP") ? "" : ", " + line);
    }
}
