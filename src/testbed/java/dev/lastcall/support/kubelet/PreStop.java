package dev.lastcall.support.kubelet;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.LifecycleHandler;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The preStop hook, as far as a container without a file system can have one: a sleep or an httpGet. */
final class PreStop {

    private static final Pattern SLEEP = Pattern.compile("\\bsleep\\s+(\\d+(?:\\.\\d+)?)");

    private PreStop() {}

    /** Runs the hook; its time counts against the grace and it is cut off when that is over. */
    static void run(Container container, InetAddress address, Grace grace, CompletableFuture<Void> over)
            throws InterruptedException {
        LifecycleHandler hook = container.getLifecycle() == null
                ? null
                : container.getLifecycle().getPreStop();
        if (hook == null || over.isDone()) {
            return;
        }
        if (hook.getHttpGet() != null) {
            try {
                ProbeLoop.get(hook.getHttpGet(), container, address, grace.left());
            } catch (IOException e) {
                // A kubelet records FailedPreStopHook and goes on to SIGTERM.
                System.out.println("scripted kubelet: preStop of " + container.getName() + " failed: " + e);
            }
            return;
        }
        Duration pause = sleep(hook);
        if (pause == null) {
            System.out.println("scripted kubelet: preStop of " + container.getName() + " is no sleep and no httpGet");
            return;
        }
        // The program may end by itself meanwhile; a real hook's sleep would not notice, and neither does this one.
        CompletableFuture<Void> slept =
                new CompletableFuture<Void>().completeOnTimeout(null, pause.toMillis(), TimeUnit.MILLISECONDS);
        grace.await(slept, Duration.ZERO);
    }

    private static @Nullable Duration sleep(LifecycleHandler hook) {
        if (hook.getSleep() != null) {
            return Duration.ofSeconds(hook.getSleep().getSeconds());
        }
        if (hook.getExec() != null) {
            Matcher sleep = SLEEP.matcher(String.join(" ", hook.getExec().getCommand()));
            if (sleep.find()) {
                return Duration.ofMillis(Math.round(Double.parseDouble(sleep.group(1)) * 1000));
            }
        }
        return null;
    }
}
