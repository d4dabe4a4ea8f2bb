import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type AddressKind, addressKind, hostKind } from "./address.ts";
import { findAddressProblem, parseTarget } from "./target.ts";

describe("addressKind()", () => {
  test.each<[string, AddressKind]>([
    ["8.8.8.8", "public"],
    ["2606:4700:4700::1111", "public"],
    ["172.15.255.255", "public"],
    ["172.32.0.0", "public"],
    ["10.0.0.1", "private"],
    ["172.16.0.1", "private"],
    ["172.31.255.255", "private"],
    ["192.168.1.1", "private"],
    ["127.0.0.1", "private"],
    ["127.255.255.254", "private"],
    ["100.64.0.1", "private"],
    ["::1", "private"],
    ["fd12:3456:789a::1", "private"],
    ["0.0.0.0", "forbidden"],
    ["0.1.2.3", "forbidden"],
    ["169.254.0.1", "forbidden"],
    ["169.254.169.254", "forbidden"],
    ["100.100.100.200", "forbidden"],
    ["168.63.129.16", "forbidden"],
    ["224.0.0.1", "forbidden"],
    ["239.255.255.255", "forbidden"],
    ["240.0.0.1", "forbidden"],
    ["255.255.255.255", "forbidden"],
    ["::", "forbidden"],
    ["fe80::1", "forbidden"],
    ["fe80::1%eth0", "forbidden"],
    ["febf::1", "forbidden"],
    ["fec0::1", "forbidden"],
    ["ff02::1", "forbidden"],
    ["fd00:ec2::254", "forbidden"],
    ["fd20:ce::254", "forbidden"],
    ["::ffff:169.254.169.254", "forbidden"],
    ["::ffff:a9fe:a9fe", "forbidden"],
    ["::ffff:0:169.254.169.254", "forbidden"],
    ["::ffff:10.0.0.1", "private"],
    ["::ffff:8.8.8.8", "public"],
    ["::169.254.169.254", "forbidden"],
    ["::8.8.8.8", "public"],
    ["64:ff9b::169.254.169.254", "forbidden"],
    ["64:ff9b::808:808", "public"],
    ["2002:a9fe:a9fe::1", "forbidden"],
    ["2002:a00:1::", "private"],
    ["[fe80::1]", "forbidden"],
  ])("takes %s for %s", (address, kind) => {
    expect(addressKind(address)).toBe(kind);
  });

  test.each([
    "",
    "example.com",
    "1.2.3",
    "1.2.3.4.5",
    "256.1.1.1",
    "1::2::3",
    ":::",
    "12345::",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3",
  ])("takes %j for no address", (text) => {
    expect(addressKind(text)).toBeUndefined();
  });

  test("takes every IPv4 address for the same as its IPv4-mapped form", () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        expect(addressKind(`::ffff:${address}`)).toBe(addressKind(address));
      }),
    );
  });

  test("reads every IPv6 address, as a URL does", () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        expect(addressKind(new URL(`http://[${address}]/`).hostname)).toBe(addressKind(address));
        expect(addressKind(address)).toBeDefined();
      }),
    );
  });
});

test.each([
  ["metadata.google.internal", "forbidden"],
  ["METADATA.google.internal.", "forbidden"],
  ["localhost", "private"],
  ["api.localhost", "private"],
  ["localhost.example.com", "unknown"],
  ["example.com", "unknown"],
  ["127.0.0.1", "private"],
])("hostKind() takes %s for %s", (host, kind) => {
  expect(hostKind(host)).toBe(kind);
});

describe("parseTarget()", () => {
  test.each([
    "https://example.com/hook",
    "https://example.com:8443/hook?key=1",
    "https://10.0.0.1/hook",
    "https://[::1]/hook",
    "http://127.0.0.1:8080/hook",
    "http://localhost/hook",
    "http://[fd12::1]/hook",
    " https://example.com/hook\n",
  ])("accepts %j", (url) => {
    expect(parseTarget(url, { checksAddresses: false }).problems).toEqual([]);
  });

  test.each([
    ["", "is not a URL"],
    ["example.com/hook", "is not a URL"],
    ["ftp://example.com/hook", "begins with ftp:"],
    ["file:///etc/passwd", "begins with file:"],
    ["wss://example.com/hook", "begins with wss:"],
    ["https://user:pass@example.com/hook", "user or a password"],
    ["https://token@example.com/hook", "user or a password"],
    ["http://example.com/hook", "by plain http"],
    ["http://8.8.8.8/hook", "by plain http"],
    ["https://169.254.169.254/latest/meta-data", "leads to 169.254.169.254"],
    ["https://0xA9FEA9FE/", "leads to 169.254.169.254"],
    ["https://2852039166/", "leads to 169.254.169.254"],
    ["https://0251.0376.0251.0376/", "leads to 169.254.169.254"],
    ["https://[::ffff:169.254.169.254]/", "leads to [::ffff:a9fe:a9fe]"],
    ["http://metadata.google.internal/computeMetadata/v1/", "leads to metadata.google.internal"],
    ["https://[fe80::1]/hook", "leads to [fe80::1]"],
    ["http://0.0.0.0:8080/hook", "leads to 0.0.0.0"],
    ["https://224.0.0.1/hook", "leads to 224.0.0.1"],
    ["https://255.255.255.255/hook", "leads to 255.255.255.255"],
  ])("refuses %j", (url, problem) => {
    const { problems, shown } = parseTarget(url, { checksAddresses: false });
    expect(problems.join()).toContain(problem);
    expect(`${problems.join()} ${shown}`).not.toMatch(/pass\b|meta-data|computeMetadata/);
  });

  test("accepts plain http to a name of which the connection will check the address", () => {
    expect(parseTarget("http://receiver:8080/", { checksAddresses: true }).problems).toEqual([]);
    expect(parseTarget("http://receiver:8080/", { checksAddresses: false }).problems).toHaveLength(1);
  });
});

test.each([
  ["93.184.216.34", false, undefined],
  ["10.0.0.1", true, undefined],
  ["93.184.216.34", true, "which is not private"],
  ["169.254.169.254", false, "resolves to 169.254.169.254"],
  ["nonsense", false, "which is no address"],
])("findAddressProblem() of %s, plain http %s", (address, plainHttp, problem) => {
  const found = findAddressProblem("hooks.example.com", address, { plainHttp });
  if (problem === undefined) expect(found).toBeUndefined();
  else expect(found).toContain(problem);
});
