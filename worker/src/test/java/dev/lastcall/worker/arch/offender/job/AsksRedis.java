package dev.lastcall.worker.arch.offender.job;

import io.quarkus.redis.datasource.RedisDataSource;

/** Breaks two rules, so that they are seen to fail. */
public interface AsksRedis {
    RedisDataSource redis();
}
