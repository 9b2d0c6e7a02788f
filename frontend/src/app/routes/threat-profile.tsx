export { ProfilePage as Component } from "@/features/scores/components/profile-page";
