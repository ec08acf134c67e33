// A real OpenID provider on loopback: `node provider.mjs REDIRECT_URI`. Prints its issuer; whoever signs in names
// themselves, and gets the groups that follow the name after a colon, as in `ada:pond,security`.
import http from "node:http";
import Provider from "oidc-provider";

const server = http.createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: "whereof",
        client_secret: "a-secret-of-the-test",
        redirect_uris: [process.argv[2]],
        token_endpoint_auth_method: "client_secret_basic",
      },
    ],
    claims: { openid: ["sub", "groups"] },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    async findAccount(_context, id) {
      const [name, groups = ""] = id.split(":");
      return { accountId: id, claims: async () => ({ sub: name, groups: groups.split(",").filter(Boolean) }) };
    },
    ttl: { Session: 600, Interaction: 600, Grant: 600, IdToken: 600, AccessToken: 600 },
  });
  server.on("request", provider.callback());
  console.log(issuer);
});
