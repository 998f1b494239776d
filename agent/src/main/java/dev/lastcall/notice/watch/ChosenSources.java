package dev.lastcall.notice.watch;

import dev.lastcall.notice.NoticeSource;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator.SplittableGenerator;

/** The sources this node has. Opens no connection until asked. */
public interface ChosenSources extends AutoCloseable {

    /** Groups that nobody asked yet: all at the first call, later those that have come to be worth asking since. */
    List<SourceGroup> newGroups(SourceGroup.Listener listener, SplittableGenerator random);

    /** Sources that read the own Node. */
    List<NoticeSource.Watched> watched();

    /** Names of everything that is read here, of what others keep included. */
    Set<String> names();

    /** For the log. */
    String describe();

    @Override
    void close();
}
