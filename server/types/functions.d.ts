// What a function of Vestibule finds around it. Written by `vestibule types`.

declare namespace Vestibule {
  interface Functions {}
  interface Values {}
  interface Services {}

  type FunctionName = keyof Functions extends never ? string : keyof Functions;
  type ValueName = keyof Values extends never ? string : keyof Values;
  type ServiceName = keyof Services extends never ? string : keyof Services;

  interface Identity {
    id: string;
    provider_type: string;
    data: Record<string, any>;
  }

  interface User {
    id: string;
    type: "normal" | "server" | "system";
    data: Record<string, any>;
    custom_data: Record<string, any>;
    identities: Identity[];
  }

  interface Request {
    remoteIPAddress?: string;
    requestHeaders?: Record<string, string[]>;
    webhookUrl?: string;
    httpMethod?: string;
    rawQueryString?: string;
    httpReferrer?: string;
    httpUserAgent?: string;
    service?: string;
    action?: string;
  }

  interface HttpArgument {
    url?: string;
    scheme?: string;
    host?: string;
    path?: string;
    query?: Record<string, string[]>;
    fragment?: string;
    username?: string;
    password?: string;
    headers?: Record<string, string | string[]>;
    cookies?: Record<string, string>;
    body?: unknown;
    encodeBodyAsJSON?: boolean;
    form?: Record<string, string>;
    digestAuth?: boolean;
    authUrl?: string;
    followRedirects?: boolean;
  }

  interface HttpResponse {
    status: string;
    statusCode: number;
    contentLength: number;
    headers: Record<string, string[]>;
    cookies: Record<string, string>;
    body: BSON.Binary;
  }

  interface Http {
    get(argument: HttpArgument | string): Promise<HttpResponse>;
    post(argument: HttpArgument): Promise<HttpResponse>;
    put(argument: HttpArgument): Promise<HttpResponse>;
    patch(argument: HttpArgument): Promise<HttpResponse>;
    delete(argument: HttpArgument): Promise<HttpResponse>;
    head(argument: HttpArgument): Promise<HttpResponse>;
  }

  type Document = Record<string, any>;

  interface FindOptions {
    sort?: Document;
    projection?: Document;
    limit?: number;
    skip?: number;
    upsert?: boolean;
    returnNewDocument?: boolean;
    session?: ClientSession;
  }

  interface UpdateOptions {
    upsert?: boolean;
    arrayFilters?: Document[];
    session?: ClientSession;
  }

  interface SessionOptions {
    session?: ClientSession;
  }

  interface UpdateResult {
    matchedCount: number;
    modifiedCount: number;
    upsertedId?: BSON.ObjectId;
  }

  interface Cursor<T> {
    sort(order: Document): this;
    limit(count: number): this;
    skip(count: number): this;
    next(): Promise<T | null>;
    toArray(): Promise<T[]>;
    [Symbol.asyncIterator](): AsyncIterator<T>;
  }

  interface Collection<T extends Document = Document> {
    readonly name: string;
    find(query?: Document, projection?: Document, options?: FindOptions): Cursor<T>;
    findOne(query?: Document, projection?: Document, options?: FindOptions): Promise<T | null>;
    findOneAndUpdate(query: Document, update: Document, options?: FindOptions): Promise<T | null>;
    findOneAndReplace(query: Document, replacement: Document, options?: FindOptions): Promise<T | null>;
    findOneAndDelete(query: Document, options?: FindOptions): Promise<T | null>;
    aggregate(pipeline: Document[], options?: SessionOptions): Cursor<any>;
    count(query?: Document, options?: FindOptions): Promise<number>;
    distinct(field: string, query?: Document, options?: SessionOptions): Promise<any[]>;
    insertOne(document: Document, options?: SessionOptions): Promise<{ insertedId: any }>;
    insertMany(documents: Document[], options?: SessionOptions): Promise<{ insertedIds: any[] }>;
    updateOne(query: Document, update: Document | Document[], options?: UpdateOptions): Promise<UpdateResult>;
    updateMany(query: Document, update: Document | Document[], options?: UpdateOptions): Promise<UpdateResult>;
    replaceOne(query: Document, replacement: Document, options?: UpdateOptions): Promise<UpdateResult>;
    deleteOne(query: Document, options?: SessionOptions): Promise<{ deletedCount: number }>;
    deleteMany(query: Document, options?: SessionOptions): Promise<{ deletedCount: number }>;
    bulkWrite(operations: Document[], options?: { ordered?: boolean; session?: ClientSession }): Promise<Document>;
  }

  interface ClientSession {
    startTransaction(options?: Document): void;
    commitTransaction(): Promise<void>;
    abortTransaction(): Promise<void>;
    withTransaction<R>(work: () => Promise<R>, options?: Document): Promise<R>;
    endSession(): Promise<void>;
  }

  interface MongoDB {
    db(name: string): { collection<T extends Document = Document>(name: string): Collection<T> };
    startSession(): ClientSession;
  }

  interface Context {
    app: { id: string; clientAppId: string; name: string; projectId: string; lastDeployed: string };
    environment: { tag: string; values: Record<string, any> };
    functions: { execute(name: FunctionName, ...args: any[]): any };
    http: Http;
    request: Request;
    runningAsSystem(): boolean;
    services: {
      get(name: "http"): Http;
      get(name: ServiceName): MongoDB;
    };
    user: User;
    values: { get(name: ValueName): any };
  }
}

declare const context: Vestibule.Context;

declare namespace BSON {
  class ObjectId {
    constructor(hex?: string);
    toHexString(): string;
    getTimestamp(): Date;
    equals(other: ObjectId | string): boolean;
  }
  class Binary {
    static fromHex(text: string, subType?: number): Binary;
    static fromBase64(text: string, subType?: number): Binary;
    static fromText(text: string): Binary;
    toHex(): string;
    toBase64(): string;
    text(): string;
  }
  class Double {
    constructor(value?: number);
    valueOf(): number;
  }
  class Int32 {
    constructor(value?: number | string);
    valueOf(): number;
  }
  class Long {
    constructor(low?: number, high?: number);
    toNumber(): number;
    static fromString(text: string): Long;
  }
  class Decimal128 {
    static fromString(text: string): Decimal128;
  }
  class BSONRegExp {
    constructor(pattern: string, flags?: string);
  }
  class UUID {
    constructor(text?: string);
    toHexString(): string;
  }
  class Timestamp {
    constructor(value: { t: number; i: number });
  }
  const MaxKey: any;
  const MinKey: any;
}

declare const EJSON: {
  parse(text: string): any;
  stringify(value: unknown): string;
};

declare const utils: {
  jwt: {
    encode(method: string, payload: object, secret: string, headerFields?: object): string;
    decode(token: string, key: string, returnHeader?: boolean, acceptedMethods?: string[]): any;
  };
  crypto: {
    encrypt(name: "aes", message: string | BSON.Binary, key: string): BSON.Binary;
    decrypt(name: "aes", message: BSON.Binary, key: string): BSON.Binary;
    sign(name: "rsa", message: string | BSON.Binary, key: string, scheme?: "pss" | "pkcs1v15"): BSON.Binary;
    verify(
      name: "rsa",
      message: string | BSON.Binary,
      key: string,
      signature: BSON.Binary,
      scheme?: "pss" | "pkcs1v15",
    ): boolean;
    hmac(input: string, secret: string, hash: "sha1" | "sha256" | "sha512", format: "hex" | "base64"): string;
    hash(name: "sha1" | "sha256" | "md5", input: string | BSON.Binary): BSON.Binary;
  };
};

declare var exports: any;
declare var require: any;
declare var Buffer: any;
declare var process: any;
