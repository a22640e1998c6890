/** What a VietQR content says: bank, account, amount, memo. Fields are two digits of id, two of length, and the value. */

// NAPAS's numbers of the banks, by the names that people know.
const BANKS = {
  970400: "SaigonBank", 970403: "Sacombank", 970405: "Agribank", 970407: "Techcombank", 970409: "Bac A Bank",
  970412: "PVcomBank", 970415: "VietinBank", 970416: "ACB", 970418: "BIDV", 970419: "NCB", 970422: "MB",
  970423: "TPBank", 970425: "ABBANK", 970426: "MSB", 970427: "VietABank", 970428: "Nam A Bank", 970429: "SCB",
  970431: "Eximbank", 970432: "VPBank", 970433: "VietBank", 970436: "Vietcombank", 970437: "HDBank", 970438: "BaoViet Bank",
  970440: "SeABank", 970441: "VIB", 970443: "SHB", 970448: "OCB", 970449: "LPBank", 970452: "KienlongBank", 970454: "BVBank",
};

/** @param {string} row @returns {Record<string, string> | null}  null where lengths do not add up */
function fieldsOf(row) {
  const fields = {};
  let rest = row;
  while (rest) {
    const length = /^\d{4}/.test(rest) ? Number(rest.slice(2, 4)) : rest.length;
    if (4 + length > rest.length) return null;
    fields[rest.slice(0, 2)] = rest.slice(4, 4 + length);
    rest = rest.slice(4 + length);
  }
  return fields;
}

/**
 * The transfer that a content asks for; null for what is none. Its checksum is the bank's business: we show what our own
 * API says.
 * @param {string | null | undefined} content
 * @returns {{bank: string, account: string, amount: number, memo: string} | null}
 */
export function readTransfer(content) {
  const fields = fieldsOf(content ?? "");
  const account = fieldsOf(fieldsOf(fields?.["38"] ?? "")?.["01"] ?? "");
  if (!account?.["00"] || !account["01"] || !/^\d{1,13}$/.test(fields["54"] ?? "")) return null;
  return {
    bank: BANKS[account["00"]] ?? account["00"],
    account: account["01"],
    amount: Number(fields["54"]),
    memo: fieldsOf(fields["62"] ?? "")?.["08"] ?? "",
  };
}
