import type { TSchema } from "@sinclair/typebox";
import { Type, closed, type Static } from "../facts/index.ts";

const optional = <T extends TSchema>(schema: T) => Type.Optional(schema);
const Name = Type.String({ minLength: 1, maxLength: 1024 });
const PerMinute = Type.Integer({ minimum: 1, maximum: 1_000_000 });

/** `serve` of `countersign.yaml`: the server of `countersign serve`. */
export const ServeSettings = closed({
  host: optional(Type.String({ description: "address to listen on; default 127.0.0.1" })),
  port: optional(
    Type.Integer({ minimum: 0, maximum: 65_535, description: "default 8443; 0: any that is free" }),
  ),
  public_url: optional(
    Type.String({
      pattern: "^https?://[^/?#]+/?$",
      description: "what people type, e.g. https://review.example.com",
    }),
  ),
  tls: optional(closed({ cert_file: Name, key_file: Name })),
  behind_proxy: optional(Type.Boolean({ description: "a proxy before it terminates TLS" })),
  proxies: optional(Type.Array(Name, { maxItems: 64, description: "addresses or networks of that proxy" })),
  oidc: optional(
    closed({
      issuer: Name,
      client_id: Name,
      client_secret: Type.String({ description: "reference: env:NAME, file:/path or vault:name" }),
      email_claim: optional(Name),
      groups_claim: optional(Name),
      scopes: optional(Type.Array(Name, { maxItems: 32 })),
      ca_file: optional(
        Type.String({
          minLength: 1,
          maxLength: 1024,
          description:
            "PEM file with the authorities of the provider's certificate, where it is not of a public one",
        }),
      ),
      trust_unverified_email: optional(Type.Boolean()),
    }),
  ),
  idle_minutes: optional(Type.Integer({ minimum: 1, maximum: 1440 })),
  session_hours: optional(Type.Integer({ minimum: 1, maximum: 168 })),
  limits: optional(
    closed({
      address_per_minute: optional(PerMinute),
      user_per_minute: optional(PerMinute),
      acts_per_minute: optional(PerMinute),
      api_per_minute: optional(PerMinute),
      sign_in_per_minute: optional(PerMinute),
    }),
  ),
});

export type ServeSettings = Static<typeof ServeSettings>;
