package dev.lastcall.web;

import dev.lastcall.web.page.StatePage;
import io.quarkus.qute.Location;
import io.quarkus.qute.Template;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** {@code GET /api/v1/state} and {@code GET /}. */
@Path("/")
class StateResource {

    private final AgentState state;
    private final Template page;

    StateResource(AgentState state, @Location("state.html") Template page) {
        this.state = state;
        this.page = page;
    }

    @GET
    @Path("api/v1/state")
    @Produces(MediaType.APPLICATION_JSON)
    public Response json() {
        return Response.ok(state.tree())
                .header(HttpHeaders.CACHE_CONTROL, "no-store")
                .build();
    }

    /** The page; with {@code ?snapshot} one to keep, without script and relative times. */
    @GET
    @Produces(MediaType.TEXT_HTML)
    public Response html(@Context UriInfo uri) {
        boolean live = !asksFor("snapshot", uri.getRequestUri().getRawQuery());
        return Response.ok(
                        page.data("page", StatePage.of(state.document(), live)).render())
                .header(HttpHeaders.CACHE_CONTROL, "no-store")
                .header("Content-Security-Policy", StatePage.POLICY)
                .header("X-Content-Type-Options", "nosniff")
                .header("Referrer-Policy", "no-referrer")
                .build();
    }

    /** A parameter without a value is none to JAX-RS. */
    private static boolean asksFor(String name, @Nullable String query) {
        return query != null
                && Arrays.stream(query.split("&", -1))
                        .anyMatch(each -> each.equals(name) || each.startsWith(name + "="));
    }
}
