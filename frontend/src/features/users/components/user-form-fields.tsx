import type { FieldErrors, UseFormRegister } from "react-hook-form";
import { Field } from "@/components/form/field";
import { Checkbox } from "@/components/ui/checkbox";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import type { Role } from "@/api/me";
import { ROLE_OPTIONS } from "@/lib/roles";

export interface UserFormValues {
  username: string;
  full_name: string;
  email: string;
  role: Role;
  auditor: boolean;
  password: string;
}

export const EMPTY_USER: UserFormValues = { username: "", full_name: "", email: "", role: "viewer", auditor: false, password: "" };

interface UserFormFieldsProps {
  register: UseFormRegister<UserFormValues>;
  errors: FieldErrors<UserFormValues>;
}

/** The fields that creating and editing share. */
export function UserFormFields({ register, errors }: UserFormFieldsProps) {
  return (
    <>
      <Field label="Full name" error={errors.full_name?.message}>
        {(control) => <Input {...control} {...register("full_name")} />}
      </Field>
      <Field label="E-mail" error={errors.email?.message}>
        {(control) => <Input {...control} type="email" {...register("email")} />}
      </Field>
      <Field label="Role" error={errors.role?.message}>
        {(control) => <Select {...control} {...register("role")} options={ROLE_OPTIONS} />}
      </Field>
      <Checkbox label="Auditor" hint="May also read the audit log and check it, whatever the role." {...register("auditor")} />
    </>
  );
}
