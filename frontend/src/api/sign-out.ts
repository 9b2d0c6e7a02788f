import { api } from "@/api/client";
import { endSession } from "@/api/session";

/** Ends the session here even if the server cannot be told. */
export async function signOut(): Promise<void> {
  try {
    await api.POST("/api/v1/auth/logout");
  } catch {
    // The cookie then dies of age; this browser forgets the session all the same.
  }
  endSession();
}
