import { InlineError } from "@/components/states/inline-error";
import { Button } from "@/components/ui/button";
import { toast } from "@/components/ui/toast";
import { useRunJob, type Job } from "@/features/jobs/api";

/** Starts a job by hand; its run appears among the others. */
export function RunJobButton({ job, primary }: { job: Job; primary?: boolean }) {
  const run = useRunJob();
  return (
    <div className="flex flex-col items-end gap-1">
      <Button
        size={primary ? "md" : "sm"}
        variant={primary ? "primary" : "secondary"}
        aria-label={`Run now: ${job.title}`}
        disabled={job.last_run?.status === "running"}
        pending={run.isPending}
        onClick={() => run.mutate(job.name, { onSuccess: () => toast(`${job.title} was asked for.`) })}
      >
        Run now
      </Button>
      <InlineError error={run.error} />
    </div>
  );
}
