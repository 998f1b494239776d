package dev.lastcall.web;

import io.quarkus.qute.Location;
import io.quarkus.qute.Template;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;

/** {@code GET /api/v1/state} and {@code GET /}. */
@Path("/")
class StateResource {

    /** The page carries its style and its few lines of script itself and asks nobody else for anything. */
    private static final String POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline';"
            + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private final AgentState state;
    private final Template page;

    StateResource(AgentState state, @Location("status.html") Template page) {
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

    @GET
    @Produces(MediaType.TEXT_HTML)
    public Response html() {
        return Response.ok(page.data("page", StatusPage.of(state.tree())).render())
                .header(HttpHeaders.CACHE_CONTROL, "no-store")
                .header("Content-Security-Policy", POLICY)
                .header("X-Content-Type-Options", "nosniff")
                .header("Referrer-Policy", "no-referrer")
                .build();
    }
}
