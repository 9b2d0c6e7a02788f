export { ActorsPage as Component } from "@/features/threat-actors/components/actors-page";
