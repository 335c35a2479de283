/** Type declarations for fuses.mjs, used by the tests. */
export declare function fusesOf(program: string): Promise<Record<string, boolean>>;
export declare function missingFuses(electronDist: string): Promise<string[]>;
export declare function checkFuses(program: string, missing?: readonly string[]): Promise<void>;
