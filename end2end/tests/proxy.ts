import type { Page } from "@playwright/test";
import { once } from "node:events";
import { createServer, request, type IncomingMessage, type Server as HttpServer, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** A bundle's request, as it came through. */
export interface Download {
  range?: string;
  ifRange?: string;
  status: number;
}

/** Stands between the browser and the server, and breaks connections as networks do. */
export class Proxy {
  url = "";
  /** The bundle's requests that were answered. */
  readonly downloads: Download[] = [];
  /** Of each download, the connection breaks once the page has read so many of its bytes; one at a time. */
  readonly cuts: number[] = [];
  /** Bundles are refused with a broken connection, as soon as there are no cuts left. */
  down = false;
  /** A download that is not cut gives its last byte after this. */
  gate = Promise.resolve();
  /** As if the server did not know the bundle any more that a download began with. */
  forgets = false;

  private server?: HttpServer;
  private readonly sockets = new Set<Socket>();
  /** The download that breaks next, when the page has read as much as is left. */
  private breaking?: { socket: Socket; left: number };

  constructor(private readonly target: () => string) {}

  async start(): Promise<void> {
    this.server = createServer((asked, answer) => this.pass(asked, answer));
    this.server.on("connection", (socket) => {
      this.sockets.add(socket);
      socket.on("close", () => this.sockets.delete(socket));
    });
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server?.close();
    for (const socket of this.sockets) socket.destroy();
  }

  /** Before the page is opened: it tells what it has read, for a browser throws away what is unread as a connection breaks. */
  async watch(page: Page): Promise<void> {
    await page.exposeFunction("bundleBytesRead", (bytes: number) => this.wasRead(bytes));
    await page.addInitScript(() => {
      const fetched = window.fetch;
      window.fetch = async (input, init) => {
        const response = await fetched(input, init);
        const body = response.body;
        if (!body || !response.url.endsWith("/bundle")) return response;
        const getReader: () => ReadableStreamDefaultReader<Uint8Array> = body.getReader.bind(body);
        body.getReader = (() => {
          const reader = getReader();
          const read = reader.read.bind(reader);
          reader.read = async () => {
            const piece = await read();
            if (piece.value) void (window as any).bundleBytesRead(piece.value.length);
            return piece;
          };
          return reader;
        }) as typeof body.getReader;
        return response;
      };
    });
  }

  private pass(asked: IncomingMessage, answer: ServerResponse): void {
    const isBundle = asked.url!.endsWith("/bundle");
    if (isBundle && this.down && this.cuts.length === 0) return void asked.socket.destroy();
    const headers = { ...asked.headers };
    if (this.forgets && headers["if-range"]) headers["if-range"] = '"of-another-time"';
    const onward = request(new URL(asked.url!, this.target()), { method: asked.method, headers }, (got) => {
      answer.writeHead(got.statusCode!, got.headers);
      if (!isBundle) return void got.pipe(answer);
      const { range, "if-range": ifRange } = asked.headers as Record<string, string>;
      this.downloads.push({ range, ifRange, status: got.statusCode! });
      this.passUpTo(this.cuts.shift(), got, answer);
    });
    onward.on("error", () => asked.socket.destroy());
    answer.on("close", () => onward.destroy());
    asked.pipe(onward);
  }

  private passUpTo(most: number | undefined, got: IncomingMessage, answer: ServerResponse): void {
    this.breaking = undefined;
    if (most === undefined) return void this.passAll(got, answer).catch(() => answer.destroy());
    this.breaking = { socket: answer.socket!, left: most };
    let left = most;
    got.on("data", (bytes: Buffer) => {
      const now = bytes.subarray(0, left);
      left -= now.length;
      answer.write(now);
    });
  }

  private async passAll(got: IncomingMessage, answer: ServerResponse): Promise<void> {
    const bytes = Buffer.concat(await got.toArray());
    answer.write(bytes.subarray(0, -1));
    await this.gate;
    answer.end(bytes.subarray(-1));
  }

  /** The page read so many bytes of a bundle. */
  private wasRead(bytes: number): void {
    if (!this.breaking) return;
    this.breaking.left -= bytes;
    if (this.breaking.left > 0) return;
    this.breaking.socket.destroy();
    this.breaking = undefined;
  }
}
