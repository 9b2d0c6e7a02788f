import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { useCan } from "@/api/me";
import { DataTable } from "@/components/data-table/data-table";
import { FilterBar, SearchField } from "@/components/data-table/filter-bar";
import { useTableParams } from "@/components/data-table/use-table-params";
import { TechniquePicker } from "@/components/pickers/technique-picker";
import { EmptyState } from "@/components/states/empty-state";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { PageHeader } from "@/components/ui/page-header";
import { Select } from "@/components/ui/select";
import { actorsQuery, type ActorListParams } from "@/features/threat-actors/api";
import { actorColumns } from "@/features/threat-actors/components/actor-columns";
import { ActorDialog } from "@/features/threat-actors/components/actor-dialog";

type Params = ReturnType<typeof useTableParams>;

const FILTERS = ["q", "technique", "source", "sector", "region", "country", "active"] as const;
const LOOSE = { sector: "Sector", region: "Region", country: "Country" } as const;

function listParams({ table, get, getAll }: Params): ActorListParams {
  const [technique, source, country, active] = [get("technique"), get("source"), get("country"), get("active")];
  const [sector, region, q] = [getAll("sector"), getAll("region"), get("q")];
  return {
    limit: table.limit,
    offset: table.offset,
    coverage: true,
    ...(table.sort && { sort: table.sort }),
    ...(q && { q }),
    ...(technique && { technique }),
    ...((source === "custom" || source === "mitre_attack") && { source: [source] }),
    ...(sector.length > 0 && { sector }),
    ...(region.length > 0 && { region }),
    ...(country && { country }),
    ...((active === "all" || active === "false") && { active }),
  };
}

/** Groups of adversaries: who they are, what they use, and how we stand against them. */
export function ActorsPage() {
  const navigate = useNavigate();
  const params = useTableParams("name");
  const { table, get, setFilter, setSort, setOffset, setLimit, clear } = params;
  const actors = useQuery(actorsQuery(listParams(params)));
  const mayEdit = useCan("technique:curate");
  const [creating, setCreating] = useState(false);
  const technique = get("technique");
  const filtered = FILTERS.some((name) => get(name));
  return (
    <>
      <PageHeader
        title="Threat Actors"
        description="Who attacks, with what, and how we stand against them. That a technique is covered says nothing of this actor's own procedure."
        actions={
          mayEdit && (
            <Button variant="primary" onClick={() => setCreating(true)}>
              New actor
            </Button>
          )
        }
      />
      <Card flush>
        <FilterBar onClear={filtered ? clear : undefined}>
          <SearchField label="Search actors" placeholder="Name, alias, country, sector" value={get("q")} onChange={(value) => setFilter("q", value)} />
          <div className="w-64">
            <TechniquePicker
              label="Technique they use"
              placeholder="Uses the technique …"
              value={technique ? { value: technique, label: technique } : null}
              onChange={(found) => setFilter("technique", found?.attackId ?? null)}
            />
          </div>
          <Select
            aria-label="Source"
            className="w-40!"
            placeholder="Any source"
            options={[
              { value: "mitre_attack", label: "MITRE ATT&CK" },
              { value: "custom", label: "Our own" },
            ]}
            value={get("source")}
            onChange={(event) => setFilter("source", event.target.value)}
          />
          <Select
            aria-label="In force"
            className="w-40!"
            options={[
              { value: "", label: "In force" },
              { value: "false", label: "Given up or off" },
              { value: "all", label: "All" },
            ]}
            value={get("active")}
            onChange={(event) => setFilter("active", event.target.value)}
          />
        </FilterBar>
        <Loose params={params} />
        <DataTable
          caption="Threat actors"
          columns={actorColumns}
          query={actors}
          rowId={(actor) => actor.id}
          params={table}
          onSort={setSort}
          onOffset={setOffset}
          onLimit={setLimit}
          onRowClick={(actor) => void navigate(`/threat-actors/${actor.attack_id}`)}
          empty={
            filtered ? (
              <EmptyState title="No actor matches" action={<Button onClick={clear}>Clear filters</Button>} />
            ) : (
              <EmptyState title="No threat actors yet">
                They come with ATT&CK.{" "}
                <Link to="/matrix" className="link">
                  Back to the matrix
                </Link>
              </EmptyState>
            )
          }
        />
      </Card>
      {creating && <ActorDialog onClose={() => setCreating(false)} onSaved={(actor) => void navigate(`/threat-actors/${actor.attack_id}`)} />}
    </>
  );
}

/** Filters that come with a link from an actor's page. */
function Loose({ params: { getAll, setFilter } }: { params: Params }) {
  const loose = (Object.keys(LOOSE) as (keyof typeof LOOSE)[]).flatMap((name) => getAll(name).map((value) => ({ name, value, label: `${LOOSE[name]}: ${value}` })));
  if (loose.length === 0) return null;
  return (
    <ul aria-label="Further filters" className="flex flex-wrap gap-1.5 border-b px-3 py-1.5">
      {loose.map(({ name, value, label }) => (
        <li key={label}>
          <Button size="sm" aria-label={`Remove the filter ${label}`} onClick={() => setFilter(name, getAll(name).filter((item) => item !== value))}>
            {label}
            <X aria-hidden className="size-3" />
          </Button>
        </li>
      ))}
    </ul>
  );
}
