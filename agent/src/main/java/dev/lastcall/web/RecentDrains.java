package dev.lastcall.web;

import jakarta.inject.Singleton;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Keeps the reports of the last drains of this process. Safe for any thread. */
@Singleton
public class RecentDrains {

    private static final int MOST = 10;

    private final Deque<Map<String, Object>> reports = new ArrayDeque<>();

    /** The report of a drain that has just ended. */
    public synchronized void add(Map<String, Object> report) {
        reports.addFirst(report);
        if (reports.size() > MOST) {
            reports.removeLast();
        }
    }

    /**
     * Returns the reports, newest first.
     *
     * @param onTheNode a report that an earlier process may have left; listed once
     */
    public synchronized List<Map<String, Object>> with(Optional<Map<String, Object>> onTheNode) {
        List<Map<String, Object>> all = new ArrayList<>(reports);
        onTheNode
                .filter(report -> reports.size() < MOST && all.stream().noneMatch(each -> same(each, report)))
                .ifPresent(all::add);
        return all;
    }

    private static boolean same(Map<String, Object> one, Map<String, Object> other) {
        return String.valueOf(one.get("id")).equals(String.valueOf(other.get("id")))
                && String.valueOf(one.get("noticedAt")).equals(String.valueOf(other.get("noticedAt")));
    }
}
