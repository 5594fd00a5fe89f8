import { compareStrings, daysBetween } from "../base/index.ts";
import type { FactOf } from "../facts/index.ts";
import { CloudKeyUse } from "./cloud-keys.ts";
import {
  UNKNOWN_STORE,
  byId,
  common,
  engineId,
  engineLimit,
  mountKey,
  present,
  type SubjectContext,
} from "./context.ts";
import type { SubjectOf } from "./schema.ts";

const DAY_S = 86_400;

/** Every key of an encryption service. In id order. */
export function* keySubjects(context: SubjectContext): Generator<SubjectOf<"key">> {
  const { facts, ageDays } = context;
  const rotations = byId(facts.of("key_rotation"));
  const histories = Map.groupBy(facts.of("key_rotation_history"), ({ key }) => key);
  const cloud = new CloudKeyUse(context);
  for (const key of facts.of("key")) {
    const rotation = rotations.get(key.id);
    const { created_at, latest_version_created_at, min_decryption_version, deletion_allowed } = key;
    const told = cloud.of(key);
    const pages = histories.get(key.id) ?? [];
    const past = told.gaps.some(({ fact_kind }) => fact_kind === "key_rotation_history") ? [] : pages;
    const last_rotated_at = lastOf(past);
    yield {
      ...common(context, {
        ...key,
        kind: "key",
        labels: told.labels,
        unread: told.labelsUnread ? ["labels"] : [],
        traits: told.traits,
        records: [key, rotation, ...pages, ...told.facts].flatMap((fact) => fact?.record ?? []),
        gaps: told.gaps,
      }),
      key_type: key.key_type,
      mount: key.mount,
      exportable: key.exportable,
      ...present({
        latest_version: key.latest_version,
        deletion_allowed,
        min_decryption_version,
        plaintext_backup_allowed: key.plaintext_backup_allowed,
        created_age_days: ageDays(created_at),
        version_age_days: ageDays(latest_version_created_at ?? last_rotated_at),
        never_rotated: past.length === 0 ? undefined : last_rotated_at === undefined,
        rotation:
          rotation === undefined
            ? undefined
            : {
                enabled: rotation.enabled,
                ...present({
                  period_days: rotation.period_s === undefined ? undefined : rotation.period_s / DAY_S,
                  next_in_days:
                    rotation.next_rotation_at === undefined
                      ? undefined
                      : context.daysLeft(rotation.next_rotation_at),
                }),
              },
      }),
      ...told.fields,
      store: context.storeOf(key)?.projection ?? UNKNOWN_STORE,
    };
  }
}

/** Of one page of a history alone nobody knows whether the newest rotation is on it. */
function lastOf(pages: readonly FactOf<"key_rotation_history">[]): string | undefined {
  return pages
    .flatMap(({ last_rotated_at }) => last_rotated_at ?? [])
    .toSorted(compareStrings)
    .at(-1);
}

/** Every certificate that the store has issued and kept. In id order. */
export function* certificateSubjects(context: SubjectContext): Generator<SubjectOf<"certificate">> {
  const { facts, ageDays, daysLeft } = context;
  // Its settings and the list itself are answers of their own, so one engine has two facts.
  const lists = Map.groupBy(facts.of("revocation_list"), (fact) => mountKey(fact.scope, fact.mount));
  const addresses = Map.groupBy(facts.of("authority_address"), (fact) => mountKey(fact.scope, fact.mount));
  const issuers = Map.groupBy(facts.of("certificate_issuer"), (fact) => mountKey(fact.scope, fact.mount));
  for (const certificate of facts.of("certificate")) {
    const { mount, serial, subject, issuer, not_before, not_after, key_algorithm, key_bits, is_ca } =
      certificate;
    const engine = mountKey(certificate.scope, mount);
    const list = lists.get(engine) ?? [];
    const gaps = context.gaps.of(context.placeOf(certificate), certificate.id, engineId(certificate));
    const named = !is_ca
      ? NO_NAMES
      : namedBy(certificate, {
          issuers: issuers.get(engine) ?? [],
          allRead: gaps.every(({ fact_kind }) => fact_kind !== "certificate_issuer"),
          addresses: addresses.get(engine) ?? [],
        });
    yield {
      ...common(context, {
        ...certificate,
        kind: "certificate",
        labels: {},
        records: [certificate, ...list, ...named.by].map(({ record }) => record),
        gaps,
      }),
      mount,
      serial,
      subject,
      issuer,
      not_before,
      not_after,
      expires_in_days: daysLeft(not_after),
      key_algorithm,
      is_ca,
      revoked: certificate.revoked_at !== undefined,
      ...present({
        lifetime_days: ageDays(not_before) === undefined ? undefined : daysBetween(not_before, not_after),
        key_bits,
        signature_algorithm: certificate.signature_algorithm,
        revocation_list: list.length === 0 ? undefined : { ...revocation(context, list), ...named.fields },
        state: certificate.state,
        renewed_by_store: certificate.renewed_by_store,
        used_by_count: certificate.used_by?.length,
      }),
      store: context.storeOf(certificate)?.projection ?? UNKNOWN_STORE,
    };
  }
}

/** Every role by which a certificate authority issues. In id order. */
export function* certificateRoleSubjects(context: SubjectContext): Generator<SubjectOf<"certificate_role">> {
  for (const role of context.facts.of("certificate_role")) {
    const { mount, allow_any_name, allowed_domains, fixed_end_at } = role;
    const { allow_glob_domains, allow_subdomains, allowed_other_sans, allowed_uri_sans } = role;
    const { cn_validations, enforce_hostnames, no_store } = role;
    yield {
      ...common(context, {
        ...role,
        kind: "certificate_role",
        labels: {},
        records: [role.record],
        gaps: context.gaps.of(context.placeOf(role), role.id),
      }),
      mount,
      allow_any_name,
      allowed_domains,
      ...present({ allow_glob_domains, allow_subdomains, allowed_other_sans, allowed_uri_sans }),
      ...present({ cn_validations, enforce_hostnames, no_store }),
      ...present({
        fixed_end_in_days: fixed_end_at === undefined ? undefined : context.daysLeft(fixed_end_at),
      }),
      ...longestLife(context, role),
      store: context.storeOf(role)?.projection ?? UNKNOWN_STORE,
    };
  }
}

/** The role's own limit, else its mount's, else the server's. Absent where none could be read. */
function longestLife(context: SubjectContext, role: FactOf<"certificate_role">) {
  if (role.max_ttl_s) return { max_life_s: role.max_ttl_s, max_life_source: "role" };
  const engine = engineLimit(context, role);
  return engine === undefined ? {} : { max_life_s: engine.seconds, max_life_source: engine.source };
}

/** Whether certificates say where revocation is found, and the facts that tell; nothing where it is not known. */
interface Named {
  readonly fields: { readonly list_named?: boolean; readonly ocsp_named?: boolean };
  readonly by: readonly (FactOf<"authority_address"> | FactOf<"certificate_issuer">)[];
}

interface Engine {
  readonly issuers: readonly FactOf<"certificate_issuer">[];
  /** Whether there are no other issuers in the engine. */
  readonly allRead: boolean;
  readonly addresses: readonly FactOf<"authority_address">[];
}

const NO_NAMES: Named = { fields: {}, by: [] };

const sameSerial = (serial: string): string => serial.toLowerCase().replace(/[^0-9a-f]/g, "");

/**
 * What certificates of an authority name: what its issuer states, and where that states nothing at all, what the engine
 * does. An authority that issues by another engine is held against this one's settings, by which its own certificate was
 * made, as long as no issuer here has others.
 */
function namedBy({ serial }: FactOf<"certificate">, { issuers, allRead, addresses }: Engine): Named {
  const own = issuers.find(
    (issuer) => issuer.serial !== undefined && sameSerial(issuer.serial) === sameSerial(serial),
  );
  if (own !== undefined && statesAny(own)) return named(own);
  const engine = addresses.find(({ crl_distribution_points }) => crl_distribution_points !== undefined);
  const othersMayDiffer = own === undefined && (!allRead || issuers.some(statesAny));
  if (engine === undefined || othersMayDiffer) return NO_NAMES;
  const found = named(engine);
  return own === undefined ? found : { ...found, by: [own, ...found.by] };
}

/** Source: GetAIAURLs of Vault's `builtin/logical/pki/issuing`: the engine's where the issuer has none of these. */
function statesAny(issuer: FactOf<"certificate_issuer">): boolean {
  const { issuing_certificates = [], crl_distribution_points, ocsp_servers } = issuer;
  return [issuing_certificates, crl_distribution_points, ocsp_servers].some(({ length }) => length > 0);
}

function named(by: FactOf<"authority_address"> | FactOf<"certificate_issuer">): Named {
  const { crl_distribution_points = [], ocsp_servers = [] } = by;
  return {
    fields: { list_named: crl_distribution_points.length > 0, ocsp_named: ocsp_servers.length > 0 },
    by: [by],
  };
}

function revocation({ daysLeft }: SubjectContext, facts: readonly FactOf<"revocation_list">[]) {
  const stated = <K extends keyof FactOf<"revocation_list">>(key: K) =>
    facts.map((fact) => fact[key]).find((value) => value !== undefined);
  const next = stated("next_update_at");
  return present({
    enabled: stated("enabled"),
    next_update_in_days: next === undefined ? undefined : daysLeft(next),
    ocsp_enabled: stated("ocsp_enabled"),
  });
}
