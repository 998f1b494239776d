package dev.lastcall.drain;

/** Who says no to an eviction, and would say it again. */
public sealed interface Refuser {

    /** In words that can follow "refused by". */
    String described();

    /** @param name empty where the answer does not tell it */
    record Budget(String name) implements Refuser {
        @Override
        public String described() {
            return name.isEmpty() ? "its PodDisruptionBudget" : "PodDisruptionBudget " + name;
        }
    }

    /** The API server evicts no pod that two budgets cover: no retry ever succeeds. */
    record TwoBudgets() implements Refuser {
        @Override
        public String described() {
            return "two PodDisruptionBudgets (the API server never evicts a pod that two cover: leave one)";
        }
    }

    /** @param name empty where the answer does not tell it */
    record Webhook(String name) implements Refuser {
        @Override
        public String described() {
            return name.isEmpty() ? "an admission webhook" : "the admission webhook " + name;
        }
    }

    /** The API server itself: a right that is missing, or a policy. */
    record Server() implements Refuser {
        @Override
        public String described() {
            return "the API server";
        }
    }
}
