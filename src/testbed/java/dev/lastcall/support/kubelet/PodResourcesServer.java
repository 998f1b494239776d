package dev.lastcall.support.kubelet;

import dev.lastcall.allocation.kubelet.v1.PodResourcesListerGrpc;
import dev.lastcall.allocation.kubelet.v1.PodResourcesV1.ClaimResource;
import dev.lastcall.allocation.kubelet.v1.PodResourcesV1.ContainerDevices;
import dev.lastcall.allocation.kubelet.v1.PodResourcesV1.ContainerResources;
import dev.lastcall.allocation.kubelet.v1.PodResourcesV1.DynamicResource;
import dev.lastcall.allocation.kubelet.v1.PodResourcesV1.ListPodResourcesResponse;
import dev.lastcall.allocation.kubelet.v1.PodResourcesV1.PodResources;
import io.grpc.Attributes;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServerTransportFilter;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The kubelet's side of PodResources on a real unix socket: it gives devices to pods and can be made to misbehave. It works on
 * bytes, so that it can also send what is no message at all.
 */
public final class PodResourcesServer implements AutoCloseable {

    private final NioEventLoopGroup loop = new NioEventLoopGroup(1, new DefaultThreadFactory("kubelet", true));
    private final List<PodResources> pods = new CopyOnWriteArrayList<>();
    private final AtomicInteger lists = new AtomicInteger();
    private final AtomicInteger connections = new AtomicInteger();
    private final Server server;
    private volatile Conduct conduct = this::truth;

    /** How a list is answered. */
    private interface Conduct {
        void answer(StreamObserver<byte[]> observer);
    }

    private PodResourcesServer(Path socket) throws IOException {
        Files.deleteIfExists(socket); // as the kubelet does when it starts
        this.server = NettyServerBuilder.forAddress(UnixDomainSocketAddress.of(socket))
                .bossEventLoopGroup(loop)
                .workerEventLoopGroup(loop)
                .channelType(NioServerDomainSocketChannel.class)
                .directExecutor()
                .addService(service())
                .addTransportFilter(new ServerTransportFilter() {
                    @Override
                    public Attributes transportReady(Attributes attributes) {
                        connections.incrementAndGet();
                        return attributes;
                    }
                })
                .build()
                .start();
    }

    /** Listens there from now on, in place of whoever did before. */
    public static PodResourcesServer at(Path socket) throws IOException {
        return new PodResourcesServer(socket);
    }

    /** This container of a new pod holds these devices. */
    public PodResourcesServer give(String namespace, String pod, String container, String resource, String... ids) {
        ContainerDevices.Builder devices =
                ContainerDevices.newBuilder().setResourceName(resource).addAllDeviceIds(Arrays.asList(ids));
        return add(
                namespace,
                pod,
                ContainerResources.newBuilder().setName(container).addDevices(devices));
    }

    /** This container of a new pod holds this device by a DRA claim. */
    public PodResourcesServer claim(String namespace, String pod, String container, String driver, String device) {
        DynamicResource.Builder claim = DynamicResource.newBuilder()
                .setClaimName("gpu")
                .setClaimNamespace(namespace)
                .addClaimResources(ClaimResource.newBuilder()
                        .setDriverName(driver)
                        .setPoolName("node-1")
                        .setDeviceName(device));
        return add(
                namespace,
                pod,
                ContainerResources.newBuilder().setName(container).addDynamicResources(claim));
    }

    /** The pod is gone. */
    public void take(String namespace, String pod) {
        pods.removeIf(
                each -> each.getNamespace().equals(namespace) && each.getName().equals(pod));
    }

    /** From now on lists are answered as they should be. */
    public void answer() {
        conduct = this::truth;
    }

    /** From now on no list is answered. */
    public void hang() {
        conduct = _ -> {};
    }

    /** From now on every list is refused. */
    public void refuse(Status status) {
        conduct = observer -> observer.onError(status.asRuntimeException());
    }

    /** From now on every answer is these bytes, whatever they are. */
    public void send(byte[] message) {
        conduct = observer -> {
            observer.onNext(message);
            observer.onCompleted();
        };
    }

    /** Lists asked for so far. */
    public int lists() {
        return lists.get();
    }

    /** Connections made so far. */
    public int connections() {
        return connections.get();
    }

    /** Stops listening, ends its connections and removes its socket. */
    @Override
    public void close() {
        try {
            server.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    private void truth(StreamObserver<byte[]> observer) {
        observer.onNext(ListPodResourcesResponse.newBuilder()
                .addAllPodResources(pods)
                .build()
                .toByteArray());
        observer.onCompleted();
    }

    private PodResourcesServer add(String namespace, String pod, ContainerResources.Builder container) {
        pods.add(PodResources.newBuilder()
                .setNamespace(namespace)
                .setName(pod)
                .addContainers(container)
                .build());
        return this;
    }

    private ServerServiceDefinition service() {
        MethodDescriptor<byte[], byte[]> list = PodResourcesListerGrpc.getListMethod().toBuilder(
                        new Bytes(), new Bytes())
                .build();
        return ServerServiceDefinition.builder(PodResourcesListerGrpc.SERVICE_NAME)
                .addMethod(list, ServerCalls.asyncUnaryCall((_, observer) -> {
                    lists.incrementAndGet();
                    conduct.answer(observer);
                }))
                .build();
    }

    private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
