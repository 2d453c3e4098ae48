(* Reads a certificate in its plain form, and asks the extracted checker.  This file is not proved: see README.md. *)

exception Bad of string

(* What the theorem asks of numbers: each of these is the operation on rationals of that name. *)
let rationals : Q.t Checker.numbers =
  { Checker.zero = Q.zero; add0 = Q.add; mul = Q.mul; opp = Q.neg; leb = Q.leq }

let number text : Q.t =
  let integer digits =
    let start = if digits <> "" && digits.[0] = '-' then 1 else 0 in
    let hexadecimal = String.length digits > start + 2 && String.sub digits start 2 = "0x" in
    let first = if hexadecimal then start + 2 else start in
    let good c = (c >= '0' && c <= '9') || (hexadecimal && c >= 'a' && c <= 'f') in
    if first >= String.length digits then raise (Bad ("no number: " ^ text));
    String.iteri (fun i c -> if i >= first && not (good c) then raise (Bad ("no number: " ^ text))) digits;
    Z.of_string digits
  in
  match String.split_on_char '/' text with
  | [ p ] -> Q.of_bigint (integer p)
  | [ p; q ] ->
      let q = integer q in
      if Z.sign q <= 0 then raise (Bad ("no positive denominator: " ^ text));
      Q.make (integer p) q
  | _ -> raise (Bad ("no number: " ^ text))

let natural text =
  let good = text <> "" && String.length text < 10 && String.for_all (fun c -> c >= '0' && c <= '9') text in
  if good then int_of_string text else raise (Bad ("no natural number: " ^ text))

let line_number = ref 0

(* The words of the next line. *)
let words channel =
  incr line_number;
  match input_line channel with
  | text -> String.split_on_char ' ' text
  | exception End_of_file -> raise (Bad "the file ends too early")

let rec pairs = function
  | l :: u :: rest -> (number l, number u) :: pairs rest
  | [] -> []
  | _ -> raise (Bad "a number without its pair")

let wrong found = raise (Bad ("unexpected: " ^ String.concat " " found))

let one channel name read =
  match words channel with [ word; value ] when word = name -> read value | found -> wrong found

let rec repeated count read =
  if count = 0 then []
  else
    let first = read () in
    first :: repeated (count - 1) read

let unit_of channel () =
  match words channel with
  | "unit" :: low :: high :: bias :: weight ->
      { Checker.weight = List.map number weight; bias = number bias; low = number low; high = number high }
  | found -> wrong found

let network channel =
  repeated (one channel "stages" natural) (fun () -> repeated (one channel "stage" natural) (unit_of channel))

let shape channel =
  match words channel with
  | [ "whole" ] -> Checker.Whole
  | "box" :: sides -> Checker.Box (pairs sides)
  | "ball" :: norm :: radius :: center -> (
      let center = List.map number center and radius = number radius in
      match norm with
      | "inf" -> Checker.BallInf (center, radius)
      | "1" -> Checker.Ball1 (center, radius)
      | "2" -> Checker.Ball2 (center, radius)
      | _ -> raise (Bad ("no norm: " ^ norm)))
  | found -> wrong found

let domain channel =
  let around = shape channel in
  let cut () =
    match words channel with
    | "cut" :: bound :: row -> (List.map number row, number bound)
    | found -> wrong found
  in
  { Checker.around; cuts = repeated (one channel "cuts" natural) cut }

let rec triples = function
  | u :: a :: b :: rest -> (natural u, (natural a, natural b)) :: triples rest
  | [] -> []
  | _ -> raise (Bad "a contest without its sides")

let tournament channel () =
  match words channel with "tournament" :: contests -> triples contests | found -> wrong found

let sign = function "+" -> true | "-" -> false | found -> raise (Bad ("no sign: " ^ found))

let rec multipliers = function
  | [ y ] -> ([], number y)
  | row :: y :: rest ->
      let rows, last = multipliers rest in
      ((natural row, number y) :: rows, last)
  | [] -> raise (Bad "no multiplier")

let refutation texts =
  let on_rows, on_form = multipliers texts in
  { Checker.on_rows; on_form }

let rec tree channel =
  match words channel with
  | "leaf" :: witness -> Checker.Leaf (Some (List.map number witness))
  | [ "bare" ] -> Checker.Leaf None
  | [ "split"; u; first ] ->
      let u = natural u and plus_first = sign first in
      let one_side = tree channel in
      let other_side = tree channel in
      if plus_first then Checker.Split (u, other_side, one_side) else Checker.Split (u, one_side, other_side)
  | [ "side"; u ] ->
      let u = natural u in
      Checker.Side (u, tree channel)
  | "sign" :: u :: b :: proof ->
      let u = natural u and b = sign b and proof = refutation proof in
      Checker.Sign (u, b, proof, tree channel)
  | "ends" :: u :: b :: proof -> Checker.Ends (natural u, sign b, refutation proof)
  | [ "part" ] -> Checker.Elsewhere (tree channel)
  | [ "cut" ] -> Checker.Cut
  | found -> wrong found

let claim = function
  | "exact" -> (Checker.claim_exact, "exactly")
  | "upper" -> (Checker.claim_upper, "at most")
  | "lower" -> (Checker.claim_lower, "at least")
  | found -> raise (Bad ("no claim: " ^ found))

let verdict channel =
  if words channel <> [ "exactregions"; "plain"; "certificate"; "1" ] then raise (Bad "it is of another format");
  let what, verb = one channel "claim" claim in
  let leaves = one channel "leaves" natural in
  let fingerprint = one channel "fingerprint" (fun text -> text) in
  let inputs = one channel "inputs" natural in
  let net = network channel in
  let k = domain channel in
  let tournaments = repeated (one channel "tournaments" natural) (tournament channel) in
  let walk = tree channel in
  if words channel <> [ "end" ] then raise (Bad "something follows the tree");
  (match input_line channel with _ -> raise (Bad "something follows the end") | exception End_of_file -> ());
  let answer = function Some found -> found | None -> raise (Bad "the checker refuses it") in
  let found = answer (Checker.check rationals what inputs k net walk) in
  if found <> leaves then raise (Bad (Printf.sprintf "it says that it has %d leaves, and it has %d" leaves found));
  let regions =
    if tournaments = [] then found else answer (Checker.check_told rationals what inputs k net tournaments walk)
  in
  Printf.sprintf "verified: %s %d regions, network %s" verb regions fingerprint

let from_file path =
  let channel = open_in_bin path in
  Fun.protect ~finally:(fun () -> close_in channel) (fun () -> verdict channel)

(* Tell of one file whether its claim is verified. *)
let verified path =
  line_number := 0;
  match from_file path with
  | sentence -> print_endline sentence; true
  | exception Bad message ->
      Printf.printf "not verified: %s (line %d)\n" message !line_number;
      false
  | exception (Sys_error message | Failure message | Invalid_argument message) ->
      Printf.printf "not verified: %s\n" message;
      false

let () =
  match List.tl (Array.to_list Sys.argv) with
  | [] ->
      prerr_endline "usage: check FILE...";
      exit 2
  | paths -> if not (List.fold_left (fun all path -> verified path && all) true paths) then exit 1
