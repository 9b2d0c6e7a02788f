import type { FieldErrors, UseFormRegister } from "react-hook-form";
import { Field } from "@/components/form/field";
import { Input } from "@/components/ui/input";

export interface NewPasswordValues {
  current_password: string;
  new_password: string;
  repeated: string;
}

interface NewPasswordFieldsProps {
  register: UseFormRegister<NewPasswordValues>;
  errors: FieldErrors<NewPasswordValues>;
}

/** The new password, twice. Its rules are the server's; only the length is said in advance. */
export function NewPasswordFields({ register, errors }: NewPasswordFieldsProps) {
  return (
    <>
      <Field label="New password" hint="At least 12 characters. A few unrelated words do well." error={errors.new_password?.message}>
        {(control) => (
          <Input
            {...control}
            type="password"
            autoComplete="new-password"
            {...register("new_password", {
              required: "Enter a new password.",
              minLength: { value: 12, message: "Use at least 12 characters." },
            })}
          />
        )}
      </Field>
      <Field label="New password again" error={errors.repeated?.message}>
        {(control) => (
          <Input
            {...control}
            type="password"
            autoComplete="new-password"
            {...register("repeated", {
              validate: (value, values) => value === values.new_password || "The two entries differ.",
            })}
          />
        )}
      </Field>
    </>
  );
}
