import type { Page } from "@playwright/test";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect } from "./page";
import { binary, type Server } from "./server";

/** The verifier in one file. */
export const verifierFile = path.resolve(
  process.env.VERIFIER ?? fileURLToPath(new URL("../../target/verifier/assay-verifier.html", import.meta.url)),
);

/** A bundle of so many real shares of low difficulty; it is deleted after `use`. */
export async function withBundle(shares: number, use: (file: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), "assay-bundle-"));
  try {
    const file = path.join(folder, "made.assay");
    await promisify(execFile)(binary, ["sandbox", "bundle", file, "--shares", String(shares)]);
    await use(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export async function openVerifier(page: Page, server: Server): Promise<void> {
  await page.goto(`${server.url}/verify`);
  await expect(page.getByTestId("verifier-state")).toHaveAttribute("data-ready", "true");
}

/** Drops files on the page, as a person drags them there. */
export async function drop(page: Page, files: { name: string; bytes: Buffer }[]): Promise<void> {
  const transfer = await page.evaluateHandle(
    (files) => {
      const transfer = new DataTransfer();
      for (const { name, base64 } of files) {
        const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
        transfer.items.add(new File([bytes], name));
      }
      return transfer;
    },
    files.map(({ name, bytes }) => ({ name, base64: bytes.toString("base64") })),
  );
  const zone = page.getByTestId("drop-zone");
  await zone.dispatchEvent("dragover", { dataTransfer: transfer });
  await zone.dispatchEvent("drop", { dataTransfer: transfer });
}
