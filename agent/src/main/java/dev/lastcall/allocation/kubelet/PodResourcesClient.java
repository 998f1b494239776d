package dev.lastcall.allocation.kubelet;

import dev.lastcall.allocation.PodResourcesAnswer;
import dev.lastcall.allocation.PodResourcesReader;
import dev.lastcall.allocation.kubelet.v1.PodResourcesListerGrpc;
import dev.lastcall.allocation.kubelet.v1.PodResourcesV1.ListPodResourcesRequest;
import dev.lastcall.allocation.kubelet.v1.PodResourcesV1.ListPodResourcesResponse;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One channel to the kubelet, kept open from list to list. A kubelet that starts anew puts a new socket in place of the old
 * one: that is seen from the file, and the next list goes through a channel to the new one. After a failure, too, the next
 * list opens a channel of its own, because gRPC's back-off between two attempts to connect grows to two minutes.
 *
 * <p>The socket is one of Java's own, so that no native library of Netty's is needed. One thread lists at a time; any may close.
 */
public final class PodResourcesClient implements PodResourcesReader {

    /** As the kubelet's other clients allow; gRPC's own limit is 4 MiB. */
    private static final int LARGEST_ANSWER = 16 * 1024 * 1024;

    private final Path socket;
    private final Duration deadline;
    private final NioEventLoopGroup loop = new NioEventLoopGroup(1, new DefaultThreadFactory("pod-resources", true));

    private volatile @Nullable Link link;

    /** @param socket of the kubelet; need not exist yet, and may come and go */
    public PodResourcesClient(Path socket, Duration deadline) {
        this.socket = socket;
        this.deadline = deadline;
    }

    /** @param file which file the socket was when the channel was opened */
    private record Link(SocketFile file, ManagedChannel channel) {}

    /** A file system hands out the number of a deleted file again, often to the very next one: the time of its making tells them apart. */
    private record SocketFile(@Nullable Object key, FileTime made) {
        static SocketFile at(Path socket) throws IOException {
            BasicFileAttributes attributes = Files.readAttributes(socket, BasicFileAttributes.class);
            return new SocketFile(attributes.fileKey(), attributes.lastModifiedTime());
        }
    }

    @Override
    public PodResourcesAnswer list() {
        try {
            ManagedChannel channel = open(SocketFile.at(socket));
            ListPodResourcesResponse response = PodResourcesListerGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(deadline.toMillis(), TimeUnit.MILLISECONDS)
                    .list(ListPodResourcesRequest.getDefaultInstance());
            return new PodResourcesAnswer.Listed(Messages.held(response));
        } catch (NoSuchFileException absent) {
            drop();
            return new PodResourcesAnswer.NoSocket();
        } catch (IOException unreadable) {
            drop();
            return new PodResourcesAnswer.Failed("unreadable", unreadable.toString());
        } catch (StatusRuntimeException refused) {
            drop();
            return failed(refused.getStatus());
        }
    }

    private ManagedChannel open(SocketFile file) {
        Link current = link;
        if (current != null && current.file().equals(file)) {
            return current.channel();
        }
        drop();
        ManagedChannel channel = NettyChannelBuilder.forAddress(UnixDomainSocketAddress.of(socket))
                .eventLoopGroup(loop)
                .channelType(NioDomainSocketChannel.class, UnixDomainSocketAddress.class)
                .directExecutor()
                .usePlaintext()
                // A path is no authority; this is what gRPC's clients in Go send over a unix socket.
                .overrideAuthority("localhost")
                .disableRetry()
                .disableServiceConfigLookUp()
                .maxInboundMessageSize(LARGEST_ANSWER)
                .build();
        link = new Link(file, channel);
        return channel;
    }

    private void drop() {
        Link current = link;
        link = null;
        if (current != null) {
            current.channel().shutdownNow();
        }
    }

    private PodResourcesAnswer failed(Status status) {
        String code = status.getCode().name().toLowerCase(Locale.ROOT);
        String text = status.getCode() == Status.Code.DEADLINE_EXCEEDED
                ? "no answer within " + deadline.toMillis() + " ms"
                : Objects.requireNonNullElse(status.getDescription(), code) + cause(status.getCause());
        return new PodResourcesAnswer.Failed(code, text);
    }

    private static String cause(@Nullable Throwable cause) {
        return cause == null ? "" : " (" + cause.getMessage() + ")";
    }

    @Override
    public void close() {
        drop();
        var _ = loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
