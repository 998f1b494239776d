package dev.lastcall.support.controlplane;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The arguments of the four programs. */
record ControlPlaneCommands(
        ControlPlaneFiles files, String serviceNet, boolean serviceAccounts, ControlPlaneFlags more) {

    List<String> etcd(int clientPort, int peerPort) {
        String client = "http://127.0.0.1:" + clientPort;
        String peer = "http://127.0.0.1:" + peerPort;
        return List.of(
                "--name=testbed",
                "--data-dir=" + files.etcdData(),
                "--unsafe-no-fsync",
                "--listen-client-urls=" + client,
                "--advertise-client-urls=" + client,
                "--listen-peer-urls=" + peer,
                "--initial-advertise-peer-urls=" + peer,
                "--initial-cluster=testbed=" + peer,
                "--log-level=warn");
    }

    List<String> apiServer(int port, int etcdPort) {
        return with(
                more.apiServer(),
                List.of(
                        "--etcd-servers=http://127.0.0.1:" + etcdPort,
                        "--bind-address=127.0.0.1",
                        "--advertise-address=127.0.0.1",
                        // A loopback address is no valid endpoint of the "kubernetes" Service, which nobody here uses.
                        "--endpoint-reconciler-type=none",
                        "--secure-port=" + port,
                        "--cert-dir=" + files.certificates(),
                        "--service-cluster-ip-range=" + serviceNet + ".0/24",
                        "--service-account-issuer=https://kubernetes.default.svc",
                        "--service-account-key-file=" + files.serviceAccountPublicKey(),
                        "--service-account-signing-key-file=" + files.serviceAccountKey(),
                        "--token-auth-file=" + files.tokens(),
                        "--authorization-mode=Node,RBAC",
                        "--allow-privileged=true",
                        // Names of nodes are in no DNS here; logs and exec of a real node's pods go to its address.
                        "--kubelet-preferred-address-types=InternalIP",
                        "--enable-admission-plugins=NodeRestriction",
                        "--disable-admission-plugins=" + (serviceAccounts ? "" : "ServiceAccount"),
                        "--audit-policy-file=" + files.auditPolicy(),
                        "--audit-log-path=" + files.auditLog(),
                        "--audit-log-maxsize=4096"));
    }

    List<String> controllerManager(Path kubeconfig) {
        return with(
                more.controllerManager(),
                List.of(
                        "--kubeconfig=" + kubeconfig,
                        "--leader-elect=false",
                        "--secure-port=0",
                        "--use-service-account-credentials",
                        "--service-account-private-key-file=" + files.serviceAccountKey(),
                        "--root-ca-file=" + files.authority(),
                        "--kube-api-qps=200",
                        "--kube-api-burst=400"));
    }

    List<String> scheduler(Path kubeconfig) {
        return List.of(
                "--kubeconfig=" + kubeconfig,
                "--leader-elect=false",
                "--secure-port=0",
                "--kube-api-qps=200",
                "--kube-api-burst=400");
    }

    private static List<String> with(List<String> more, List<String> own) {
        return Stream.concat(own.stream(), more.stream()).toList();
    }
}
