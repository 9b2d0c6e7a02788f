import { useParams } from "react-router";
import { JobPage } from "@/features/jobs/components/job-page";

export function Component() {
  const { job = "" } = useParams();
  return <JobPage key={job} name={job} />;
}
